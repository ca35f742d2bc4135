package io.grizz.launcher.gateway;

import io.grizz.api.ChatRecord;
import io.grizz.api.JobQueue;
import io.grizz.chat.Chat;

/** What the doors stand in front of. */
public record Stores(JobQueue queue, ChatRecord record, Chat chat) {}

package io.grizz.launcher.gateway;

import io.grizz.api.ChatRecord;
import io.grizz.api.JobQueue;
import io.grizz.chat.Chat;
import java.util.Optional;
import java.util.UUID;

/** What the doors stand in front of. */
public record Stores(JobQueue queue, ChatRecord record, Chat chat) {

  /** Cancels a job of the user's, of a conversation or not; false when the user has no such job. */
  boolean cancel(UUID user, UUID job) {
    return chat.cancel(user, job)
        || queue
            .find(job)
            .filter(view -> view.user().equals(Optional.of(user)))
            .flatMap(view -> queue.cancel(view.id()))
            .isPresent();
  }
}

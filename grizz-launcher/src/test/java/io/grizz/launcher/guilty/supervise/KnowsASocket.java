package io.grizz.launcher.guilty.supervise;

import org.java_websocket.WebSocket;

/** WebSockets stay at the doors. */
public record KnowsASocket(WebSocket socket) {}

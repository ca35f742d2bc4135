/** The client of our own protocol, against a server that says what the test wants. */
@NullMarked
package io.grizz.launcher.client;

import org.jspecify.annotations.NullMarked;

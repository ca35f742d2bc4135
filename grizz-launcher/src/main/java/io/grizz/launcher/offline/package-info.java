/**
 * The offline model: a real server on loopback that speaks the OpenAI protocol and answers with
 * text of its own, so that Grizz runs without a provider. It says that it is a stand-in.
 *
 * <p>May use core's {@code json}. Used by the commands.
 */
@NullMarked
package io.grizz.launcher.offline;

import org.jspecify.annotations.NullMarked;

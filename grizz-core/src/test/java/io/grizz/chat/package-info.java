/** Tests of conversations. */
@NullMarked
package io.grizz.chat;

import org.jspecify.annotations.NullMarked;

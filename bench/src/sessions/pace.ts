/** Between two messages that are sent one at a time, ms: long enough that whatever the one before has caused is over. */
export const LONE_MESSAGE_MS = 80;
/** Of it, between typing a message and sending it. */
export const BEFORE_ENTER_MS = 30;

/**
 * The reason with which a signal is aborted because what it limited is over: nobody reads it. A signal without a reason makes an exception
 * with its stack, at every call.
 */
export const WORK_ENDED = new Error('what this limited is over');

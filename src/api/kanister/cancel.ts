/**
 * The annotation that asks for an ActionSet's run to be cancelled. Its value is the reason, for people; any
 * value asks, the empty one too. Taking the annotation away again does not resume what has been cancelled.
 */
export const CANCEL_ANNOTATION = 'cr.kanister.io/cancel';

/** The value when no reason was given. */
export const CANCEL_WITHOUT_REASON = 'true';

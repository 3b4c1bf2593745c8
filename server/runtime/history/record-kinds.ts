/** A StoredRevision. */
export const REVISION_RECORD = 1;
/** A StoredCall. */
export const CALL_RECORD = 2;
/** StoredEvents that belong to no other record, or to the beginning of an event log. */
export const EVENTS_RECORD = 3;

/** Anything that JSON can hold. */
export type JsonValue = null | boolean | number | string | JsonValue[] | JsonObject;

/** A JSON object, as configs, labels and event data are. */
export type JsonObject = { [key: string]: JsonValue };

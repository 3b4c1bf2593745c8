/** Requests of each run; more by the environment, as in STREAMLIB_TEST_FUZZ=50000. A connection costs ten of them. */
const REQUESTS = Number(process.env.STREAMLIB_TEST_FUZZ ?? 1500);

/** How many connections a test makes. */
export const FUZZ_RUNS = Math.ceil(REQUESTS / 10);

/** How long that may take on a busy machine. */
export const FUZZ_TIMEOUT_MS = 30_000 + FUZZ_RUNS * 100;

// Made by scripts/native-layout.mjs from native/core/layout.h, which says what each means.

/** The first word of every segment: "SLIB". */
export const SEGMENT_MAGIC = 0x42494c53;
/** Raised whenever anything on this page changes; an attaching process refuses another version. */
export const LAYOUT_VERSION = 1;
/** Regions begin at multiples of this. */
export const PAGE_BYTES = 4096;
/** Structures begin at multiples of this, so that no two writers share a cache line. */
export const LINE_BYTES = 64;
/** The words of a line. */
export const LINE_WORDS = 16;
/** How many lanes a segment has room for; a lane index is below it. */
export const LANE_LIMIT = 256;
/** How many spans (groups of slots of one size) a segment has room for. */
export const SPAN_LIMIT = 65536;
/** How many slots a segment has room for; a slot id has 20 bits. */
export const SLOT_LIMIT = 1048576;
/** How many references one slot can have; one more is refused. */
export const REFERENCE_LIMIT = 4095;
/** The unit in which the data region is given out. */
export const CHUNK_BYTES = 262144;
/** The most that one segment's data region may have. */
export const DATA_BYTES_LIMIT = 17179869184;
/** What a segment's data region has unless its creator says otherwise; untouched pages cost nothing. */
export const DATA_BYTES_DEFAULT = 1073741824;
export const HEADER_MAGIC_WORD = 0;
export const HEADER_VERSION_WORD = 1;
export const HEADER_LANE_LIMIT_WORD = 2;
/** Bumped by whoever makes a span, as the two after the next. */
export const HEADER_SLOTS_USED_WORD = 3;
export const HEADER_CHUNKS_USED_WORD = 4;
export const HEADER_CHUNK_LIMIT_WORD = 5;
export const HEADER_SPANS_USED_WORD = 6;
/** Where the data region begins, in pages. */
export const HEADER_DATA_PAGE_WORD = 7;
/** The size of the whole segment in pages. */
export const HEADER_TOTAL_PAGES_WORD = 8;
/** How many processes have the segment open. */
export const HEADER_PROCESSES_WORD = 9;
export const DOORBELL_STATE_WORD = 0;
export const DOORBELL_SLEEPER_WORD = 1;
export const DOORBELL_AWAKE = 0;
export const DOORBELL_RUNG = 1;
export const DOORBELL_ASLEEP = 2;
/** The owner sleeps in a futex. */
export const SLEEPER_FUTEX = 0;
/** The owner sleeps in its event loop. */
export const SLEEPER_EVENT_LOOP = 1;
export const INTENT_OP_WORD = 0;
export const INTENT_SLOT_WORD = 1;
/** The ring's place, in bytes. */
export const INTENT_RING_WORD = 2;
/** The tail that is written or the head that is taken. */
export const INTENT_INDEX_WORD = 3;
export const INTENT_HELD_BEFORE_WORD = 4;
/** The last stamp sequence of this lane index; goes on over all lanes that ever have the index. */
export const STAMP_SEQUENCE_WORD = 5;
export const INTENT_GENERATION_WORD = 6;
/** For a share: the slot's whole count once it is done. */
export const INTENT_COUNT_AFTER_WORD = 7;
/** For a count: what the lane holds once it is done. */
export const INTENT_HELD_AFTER_WORD = 8;
/** For a take or drop: the ring's `taken` or `dropped` before it. */
export const INTENT_MOVES_BEFORE_WORD = 9;
export const INTENT_NONE = 0;
export const INTENT_WRITE = 1;
export const INTENT_TAKE = 2;
export const INTENT_DROP = 3;
export const INTENT_RELEASE = 4;
export const INTENT_SHARE = 5;
export const INTENT_COUNT = 6;
export const SEEN_SLOT_SHIFT = 12;
export const SPAN_WORDS = 8;
export const SPAN_FIRST_CHUNK_WORD = 0;
export const SPAN_CHUNK_COUNT_WORD = 1;
export const SPAN_FIRST_SLOT_WORD = 2;
export const SPAN_SLOT_COUNT_WORD = 3;
/** Written last: a span whose slot bytes are 0 is not made yet. */
export const SPAN_SLOT_BYTES_WORD = 4;
/** The only lane that acquires the span's slots, or kOrphanSpan. */
export const SPAN_HOME_WORD = 5;
export const ORPHAN_SPAN = 0xffffffff;
export const SLOT_ENTRY_WORDS = 2;
/** Where the slot is, in lines. */
export const SLOT_ENTRY_PLACE_WORD = 0;
export const SLOT_ENTRY_BYTES_WORD = 1;
export const SLOT_PREFIX_BYTES = 16;
export const SLOT_REFS_WORD = 0;
export const SLOT_GENERATION_WORD = 1;
/** `refs` is count (bits 0 to 11), stamp lane (bits 12 to 19) and stamp sequence (bits 20 to 31). */
export const COUNT_MASK = 0xfff;
export const STAMP_LANE_SHIFT = 12;
export const STAMP_LANE_MASK = 0xff;
export const STAMP_SEQUENCE_SHIFT = 20;
export const STAMP_SEQUENCE_MASK = 0xfff;
/** Words of the frame that follows the prefix. */
export const FRAME_BYTES_WORD = 0;
export const FRAME_TYPE_WORD = 1;
/** CLOCK_MONOTONIC nanoseconds, low word first. */
export const FRAME_TIME_WORD = 2;
export const FRAME_HEAD_BYTES = 16;
/** Sizes of slots, prefix included: 256, 384, 512, 768, … two per octave. */
export const SMALLEST_SLOT_BYTES = 256;
/** A larger slot has a span of its own, rounded up to chunks. */
export const LARGEST_CLASS_BYTES = 131072;
/** No slot is larger, so that its size and its place fit their words. */
export const LARGEST_SLOT_BYTES = 2147483648;
/** A span has as many chunks as this many of its slots need. */
export const SPAN_SLOTS_LEAST = 8;
export const RING_ENTRY_COUNT_WORD = 0;
export const RING_CAPACITY_WORD = 1;
export const RING_DELIVERY_WORD = 2;
export const RING_PRODUCER_LANE_WORD = 3;
export const RING_CONSUMER_LANE_WORD = 4;
/** The place of the link's counters, in bytes. */
export const RING_COUNTERS_WORD = 5;
export const RING_CLOSED_WORD = 16;
export const RING_PAUSED_WORD = 17;
/** Set by a producer that waits for room, cleared by the consumer that then rings it. */
export const RING_SPACE_WANTED_WORD = 18;
export const RING_DETACHED_WORD = 19;
export const DETACHED_PRODUCER = 1;
export const DETACHED_CONSUMER = 2;
export const RING_HEAD_WORD = 32;
export const RING_TAKEN_WORD = 33;
export const RING_TAIL_WORD = 48;
export const RING_DROPPED_WORD = 49;
export const RING_ENTRIES_WORD = 64;
/** The newest frame wins. */
export const DELIVERY_LATEST = 1;
/** In order; the oldest is dropped when the ring is full. */
export const DELIVERY_EVERY = 2;
/** In order; the producer is held back when the ring is full. */
export const DELIVERY_LOSSLESS = 3;
export const COUNTER_BANK_WORDS = 16;
export const COUNTER_BANKS = 3;
export const COUNTER_BANK_PRODUCER = 0;
export const COUNTER_BANK_CONSUMER = 1;
export const COUNTER_BANK_RUNTIME = 2;
export const COUNTER_PRODUCED = 0;
export const COUNTER_DELIVERED = 1;
export const COUNTER_QUEUED = 2;
/** From here on the drops, in the order of DROP_REASONS. */
export const COUNTER_DROPPED = 3;
export const DROPPED_FULL = 0;
export const DROPPED_PAUSED = 2;
export const LINK_COUNTERS_BYTES = 384;
export const HEADER_PLACE = 0;
export const DOORBELLS_PLACE = 4096;
export const LANES_PLACE = 20480;
export const SEEN_PLACE = 36864;
export const SPANS_PLACE = 299008;
export const SLOTS_PLACE = 2396160;
export const HELD_PLACE = 10784768;
export const CONTROL_PLACE = 547655680;
export const CONTROL_BYTES = 67108864;
export const DATA_PLACE = 614764544;

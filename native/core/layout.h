// The layout of a segment: the one definition, from which scripts/native-layout.mjs makes native/layout.ts.
//
// All words are 32-bit little-endian; a place is an offset in bytes from the start of the segment, never a pointer.
// A word that crosses threads is read and written by std::atomic_ref here and by Atomics in JavaScript.
// docs/data-plane.md says who may write which word, and shows one picture per structure.
//
// This file holds constants only, each `inline constexpr std::uint64_t kName = <arithmetic>;` on one line, so that
// the script can read it.
#pragma once

#include <cstdint>

namespace streamlib {

/// The first word of every segment: "SLIB".
inline constexpr std::uint64_t kSegmentMagic = 0x42494c53;
/// Raised whenever anything on this page changes; an attaching process refuses another version.
inline constexpr std::uint64_t kLayoutVersion = 1;

/// Regions begin at multiples of this.
inline constexpr std::uint64_t kPageBytes = 4096;
/// Structures begin at multiples of this, so that no two writers share a cache line.
inline constexpr std::uint64_t kLineBytes = 64;
/// The words of a line.
inline constexpr std::uint64_t kLineWords = 16;

// ---- limits ----

/// How many lanes a segment has room for; a lane index is below it.
inline constexpr std::uint64_t kLaneLimit = 256;
/// How many spans (groups of slots of one size) a segment has room for.
inline constexpr std::uint64_t kSpanLimit = 65536;
/// How many slots a segment has room for; a slot id has 20 bits.
inline constexpr std::uint64_t kSlotLimit = 1048576;
/// How many references one slot can have; one more is refused.
inline constexpr std::uint64_t kReferenceLimit = 4095;
/// The unit in which the data region is given out.
inline constexpr std::uint64_t kChunkBytes = 262144;
/// The most that one segment's data region may have.
inline constexpr std::uint64_t kDataBytesLimit = 17179869184;
/// What a segment's data region has unless its creator says otherwise; untouched pages cost nothing.
inline constexpr std::uint64_t kDataBytesDefault = 1073741824;

// ---- header ----

inline constexpr std::uint64_t kHeaderMagicWord = 0;
inline constexpr std::uint64_t kHeaderVersionWord = 1;
inline constexpr std::uint64_t kHeaderLaneLimitWord = 2;
/// Bumped by whoever makes a span, as the two after the next.
inline constexpr std::uint64_t kHeaderSlotsUsedWord = 3;
inline constexpr std::uint64_t kHeaderChunksUsedWord = 4;
inline constexpr std::uint64_t kHeaderChunkLimitWord = 5;
inline constexpr std::uint64_t kHeaderSpansUsedWord = 6;
/// Where the data region begins, in pages.
inline constexpr std::uint64_t kHeaderDataPageWord = 7;
/// The size of the whole segment in pages.
inline constexpr std::uint64_t kHeaderTotalPagesWord = 8;
/// How many processes have the segment open.
inline constexpr std::uint64_t kHeaderProcessesWord = 9;

// ---- doorbells: one line per lane ----

inline constexpr std::uint64_t kDoorbellStateWord = 0;
inline constexpr std::uint64_t kDoorbellSleeperWord = 1;
inline constexpr std::uint64_t kDoorbellAwake = 0;
inline constexpr std::uint64_t kDoorbellRung = 1;
inline constexpr std::uint64_t kDoorbellAsleep = 2;
/// The owner sleeps in a futex.
inline constexpr std::uint64_t kSleeperFutex = 0;
/// The owner sleeps in its event loop.
inline constexpr std::uint64_t kSleeperEventLoop = 1;

// ---- owner records: one line per lane ----
// An operation writes its operands, then its op word, acts, and sets the op word back to kIntentNone.

inline constexpr std::uint64_t kIntentOpWord = 0;
inline constexpr std::uint64_t kIntentSlotWord = 1;
/// The ring's place, in bytes.
inline constexpr std::uint64_t kIntentRingWord = 2;
/// The tail that is written or the head that is taken.
inline constexpr std::uint64_t kIntentIndexWord = 3;
inline constexpr std::uint64_t kIntentHeldBeforeWord = 4;
/// The last stamp sequence of this lane index; goes on over all lanes that ever have the index.
inline constexpr std::uint64_t kStampSequenceWord = 5;
inline constexpr std::uint64_t kIntentGenerationWord = 6;
/// For a share: the slot's whole count once it is done.
inline constexpr std::uint64_t kIntentCountAfterWord = 7;
/// For a count: what the lane holds once it is done.
inline constexpr std::uint64_t kIntentHeldAfterWord = 8;
/// For a take or drop: the ring's `taken` or `dropped` before it.
inline constexpr std::uint64_t kIntentMovesBeforeWord = 9;

inline constexpr std::uint64_t kIntentNone = 0;
inline constexpr std::uint64_t kIntentWrite = 1;
inline constexpr std::uint64_t kIntentTake = 2;
inline constexpr std::uint64_t kIntentDrop = 3;
inline constexpr std::uint64_t kIntentRelease = 4;
inline constexpr std::uint64_t kIntentShare = 5;
inline constexpr std::uint64_t kIntentCount = 6;

// ---- seen: seen[M * kLaneLimit + L] is what lane M overwrote of lane L's latest stamp ----
// The stamp's sequence (bits 0 to 11) and the slot it stood in (bits 12 to 31). M writes it before its compare-and-set,
// and only if L's record names that slot and that sequence.

inline constexpr std::uint64_t kSeenSlotShift = 12;

// ---- spans: 32 bytes each ----

inline constexpr std::uint64_t kSpanWords = 8;
inline constexpr std::uint64_t kSpanFirstChunkWord = 0;
inline constexpr std::uint64_t kSpanChunkCountWord = 1;
inline constexpr std::uint64_t kSpanFirstSlotWord = 2;
inline constexpr std::uint64_t kSpanSlotCountWord = 3;
/// Written last: a span whose slot bytes are 0 is not made yet.
inline constexpr std::uint64_t kSpanSlotBytesWord = 4;
/// The only lane that acquires the span's slots, or kOrphanSpan.
inline constexpr std::uint64_t kSpanHomeWord = 5;
inline constexpr std::uint64_t kOrphanSpan = 0xffffffff;

// ---- slots: 8 bytes each, and the slot's own 16 bytes before its frame ----

inline constexpr std::uint64_t kSlotEntryWords = 2;
/// Where the slot is, in lines.
inline constexpr std::uint64_t kSlotEntryPlaceWord = 0;
inline constexpr std::uint64_t kSlotEntryBytesWord = 1;

inline constexpr std::uint64_t kSlotPrefixBytes = 16;
inline constexpr std::uint64_t kSlotRefsWord = 0;
inline constexpr std::uint64_t kSlotGenerationWord = 1;
/// `refs` is count (bits 0 to 11), stamp lane (bits 12 to 19) and stamp sequence (bits 20 to 31).
inline constexpr std::uint64_t kCountMask = 0xfff;
inline constexpr std::uint64_t kStampLaneShift = 12;
inline constexpr std::uint64_t kStampLaneMask = 0xff;
inline constexpr std::uint64_t kStampSequenceShift = 20;
inline constexpr std::uint64_t kStampSequenceMask = 0xfff;

/// Words of the frame that follows the prefix.
inline constexpr std::uint64_t kFrameBytesWord = 0;
inline constexpr std::uint64_t kFrameTypeWord = 1;
/// CLOCK_MONOTONIC nanoseconds, low word first.
inline constexpr std::uint64_t kFrameTimeWord = 2;
inline constexpr std::uint64_t kFrameHeadBytes = 16;

/// Sizes of slots, prefix included: 256, 384, 512, 768, … two per octave.
inline constexpr std::uint64_t kSmallestSlotBytes = 256;
/// A larger slot has a span of its own, rounded up to chunks.
inline constexpr std::uint64_t kLargestClassBytes = 131072;
/// No slot is larger, so that its size and its place fit their words.
inline constexpr std::uint64_t kLargestSlotBytes = 2147483648;
/// A span has as many chunks as this many of its slots need.
inline constexpr std::uint64_t kSpanSlotsLeast = 8;

// ---- rings: four lines, then the entries ----

inline constexpr std::uint64_t kRingEntryCountWord = 0;
inline constexpr std::uint64_t kRingCapacityWord = 1;
inline constexpr std::uint64_t kRingDeliveryWord = 2;
inline constexpr std::uint64_t kRingProducerLaneWord = 3;
inline constexpr std::uint64_t kRingConsumerLaneWord = 4;
/// The place of the link's counters, in bytes.
inline constexpr std::uint64_t kRingCountersWord = 5;

inline constexpr std::uint64_t kRingClosedWord = 16;
inline constexpr std::uint64_t kRingPausedWord = 17;
/// Set by a producer that waits for room, cleared by the consumer that then rings it.
inline constexpr std::uint64_t kRingSpaceWantedWord = 18;
inline constexpr std::uint64_t kRingDetachedWord = 19;
inline constexpr std::uint64_t kDetachedProducer = 1;
inline constexpr std::uint64_t kDetachedConsumer = 2;

inline constexpr std::uint64_t kRingHeadWord = 32;
inline constexpr std::uint64_t kRingTakenWord = 33;

inline constexpr std::uint64_t kRingTailWord = 48;
inline constexpr std::uint64_t kRingDroppedWord = 49;

inline constexpr std::uint64_t kRingEntriesWord = 64;

/// The newest frame wins.
inline constexpr std::uint64_t kDeliveryLatest = 1;
/// In order; the oldest is dropped when the ring is full.
inline constexpr std::uint64_t kDeliveryEvery = 2;
/// In order; the producer is held back when the ring is full.
inline constexpr std::uint64_t kDeliveryLossless = 3;

// ---- link counters: three banks of 16 f64 ----

inline constexpr std::uint64_t kCounterBankWords = 16;
inline constexpr std::uint64_t kCounterBanks = 3;
inline constexpr std::uint64_t kCounterBankProducer = 0;
inline constexpr std::uint64_t kCounterBankConsumer = 1;
inline constexpr std::uint64_t kCounterBankRuntime = 2;
inline constexpr std::uint64_t kCounterProduced = 0;
inline constexpr std::uint64_t kCounterDelivered = 1;
inline constexpr std::uint64_t kCounterQueued = 2;
/// From here on the drops, in the order of DROP_REASONS.
inline constexpr std::uint64_t kCounterDropped = 3;
inline constexpr std::uint64_t kDroppedFull = 0;
inline constexpr std::uint64_t kDroppedPaused = 2;
inline constexpr std::uint64_t kLinkCountersBytes = kCounterBanks * kCounterBankWords * 8;

// ---- regions, in order ----

inline constexpr std::uint64_t kHeaderPlace = 0;
inline constexpr std::uint64_t kDoorbellsPlace = kHeaderPlace + kPageBytes;
inline constexpr std::uint64_t kLanesPlace = kDoorbellsPlace + kLaneLimit * kLineBytes;
inline constexpr std::uint64_t kSeenPlace = kLanesPlace + kLaneLimit * kLineBytes;
inline constexpr std::uint64_t kSpansPlace = kSeenPlace + kLaneLimit * kLaneLimit * 4;
inline constexpr std::uint64_t kSlotsPlace = kSpansPlace + kSpanLimit * kSpanWords * 4;
inline constexpr std::uint64_t kHeldPlace = kSlotsPlace + kSlotLimit * kSlotEntryWords * 4;
inline constexpr std::uint64_t kControlPlace = kHeldPlace + kLaneLimit * kSlotLimit * 2;
inline constexpr std::uint64_t kControlBytes = 67108864;
inline constexpr std::uint64_t kDataPlace = kControlPlace + kControlBytes;

}  // namespace streamlib

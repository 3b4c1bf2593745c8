package streamlib

import (
	"context"
	"math/rand/v2"
	"time"
)

const (
	firstBackoff   = 100 * time.Millisecond
	longestBackoff = 5 * time.Second
)

// How long to wait before the next attempt: at random up to a limit that doubles with each, so that clients of a server
// that was away do not come back together.
type backoff struct {
	attempts int
}

func (b *backoff) next() time.Duration {
	limit := longestBackoff
	if b.attempts < 16 {
		limit = min(firstBackoff<<b.attempts, longestBackoff)
	}
	b.attempts++
	return rand.N(limit + 1)
}

func (b *backoff) reset() { b.attempts = 0 }

// Answers false where the context ended first.
func pause(ctx context.Context, delay time.Duration) bool {
	timer := time.NewTimer(delay)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return ctx.Err() == nil
	}
}

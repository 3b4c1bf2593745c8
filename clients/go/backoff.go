package streamlib

import (
	"context"
	"errors"
	"math/rand/v2"
	"syscall"
	"time"
)

const (
	firstBackoff   = 100 * time.Millisecond
	longestBackoff = 5 * time.Second
	// Where nobody listens an attempt costs nobody anything, and a server that comes back is found within this time.
	longestRefused = time.Second
)

// How long to wait before the next attempt: at random up to a limit that doubles with each, so that clients of a server
// that was away do not come back together.
type backoff struct {
	attempts int
}

func (b *backoff) next(cause error) time.Duration {
	longest := longestBackoff
	if errors.Is(cause, syscall.ECONNREFUSED) {
		longest = longestRefused
	}
	limit := longest
	if b.attempts < 16 {
		limit = min(firstBackoff<<b.attempts, longest)
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

package streamlib

import "sync"

// Position is where a subscription is in the order of events. The zero value is nowhere: from now on. It may be read
// while a subscription moves it.
type Position struct {
	mu     sync.Mutex
	cursor string
}

// Cursor is where to resume: of the last event that was handed over, or a later place up to which nothing matched.
// Empty while there is none. It stays good over restarts of the server.
func (p *Position) Cursor() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.cursor
}

// Set puts it to a cursor that was kept.
func (p *Position) Set(cursor string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.cursor = cursor
}

package streamlib

import "time"

// AsVersion makes a client of another version.
func AsVersion(version string) ClientOption {
	return func(settings *clientSettings) error {
		settings.version = version
		return nil
	}
}

// WithPings has silent connections asked sooner.
func WithPings(after, timeout time.Duration) ClientOption {
	return func(settings *clientSettings) error {
		settings.pings = pings{after: after, timeout: timeout}
		return nil
	}
}

package streamlib

import (
	"math/rand/v2"
	"strings"
)

const (
	idSuffixLength = 8
	idSuffixDigits = "0123456789abcdefghijklmnopqrstuvwxyz"
	longestIDStem  = 48
)

// `SineGenerator-1x8k0q3f` for a SineGenerator; what ids may not have is left out.
func newID(name string) string {
	stem := strings.Map(func(r rune) rune {
		isAllowed := r == '_' || r == '-' || ('0' <= r && r <= '9') || ('a' <= r && r <= 'z') || ('A' <= r && r <= 'Z')
		if isAllowed {
			return r
		}
		return -1
	}, name)
	stem = strings.TrimLeft(stem[:min(len(stem), longestIDStem)], "_-")
	if stem == "" {
		stem = "part"
	}
	suffix := make([]byte, idSuffixLength)
	for i := range suffix {
		suffix[i] = idSuffixDigits[rand.IntN(len(idSuffixDigits))]
	}
	return stem + "-" + string(suffix)
}

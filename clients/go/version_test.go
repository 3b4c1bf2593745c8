package streamlib

import (
	"encoding/json"
	"os"
	"testing"
)

func TestVersionIsThatOfTheRepository(t *testing.T) {
	text, err := os.ReadFile("../../package.json")
	if err != nil {
		t.Fatal(err)
	}
	var manifest struct {
		Version string `json:"version"`
	}
	if err := json.Unmarshal(text, &manifest); err != nil {
		t.Fatal(err)
	}
	if Version != manifest.Version {
		t.Errorf("version was %q, must be that of package.json, %q", Version, manifest.Version)
	}
}

func TestOnlyMajorAndMinorCount(t *testing.T) {
	for _, try := range []struct {
		client, server string
		isSame         bool
	}{
		{"1.2.3", "1.2.3", true},
		{"1.2.3", "1.2.9-beta.4", true},
		{"1.2.3", "1.3.3", false},
		{"1.2.3", "2.2.3", false},
		{"1.2.3", "", false},
	} {
		if isSame := majorAndMinor(try.client) == majorAndMinor(try.server); isSame != try.isSame {
			t.Errorf("%q and %q: was %t", try.client, try.server, isSame)
		}
	}
}

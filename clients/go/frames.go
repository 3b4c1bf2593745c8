package streamlib

import (
	"encoding/binary"
	"fmt"
	"math"

	pb "github.com/streamlib/streamlib/clients/go/gen/streamlib/v1"
)

// Channels gives the numbers of a data frame by the names of its channels; nil for a frame of another type. The slices
// are those of the frame.
func Channels(frame *pb.Frame) map[string][]float64 {
	data := frame.GetData()
	if data == nil {
		return nil
	}
	channels := make(map[string][]float64, len(data.GetPayload()))
	for name, channel := range data.GetPayload() {
		channels[name] = channel.GetValues()
	}
	return channels
}

// Samples gives the samples of an audio frame, one slice per channel; nil for a frame of another type, and for one whose
// samples the tap left out. It fails where the bytes are not as many as the header says.
func Samples(frame *pb.Frame) ([][]float32, error) {
	audio := frame.GetAudio()
	if audio == nil || len(audio.GetPlanes()) == 0 {
		return nil, nil
	}
	const bytesPerSample = 4
	perChannel, planes := int(audio.GetSamples()), audio.GetPlanes()
	if want := int(audio.GetChannels()) * perChannel * bytesPerSample; len(planes) != want {
		return nil, fmt.Errorf("planes of %d channels of %d samples must be %d bytes, was %d",
			audio.GetChannels(), perChannel, want, len(planes))
	}
	channels := make([][]float32, audio.GetChannels())
	for channel := range channels {
		samples := make([]float32, perChannel)
		for i := range samples {
			at := (channel*perChannel + i) * bytesPerSample
			samples[i] = math.Float32frombits(binary.LittleEndian.Uint32(planes[at:]))
		}
		channels[channel] = samples
	}
	return channels, nil
}

package streamlib

import pb "github.com/streamlib/streamlib/clients/go/gen/streamlib/v1"

// TapOption is what [Client.Tap] may be told beside the link.
type TapOption func(*pb.TapLinkRequest)

// WithMaxRate limits the frames per second, on average, up to 1,000. Default: 30.
func WithMaxRate(framesPerSecond float64) TapOption {
	return func(request *pb.TapLinkRequest) { request.MaxRate = framesPerSecond }
}

// WithMaxBytes limits the bytes of a frame as it lies in memory, up to 4,000,000; of larger ones only the header is
// shown. Default: 65,536.
func WithMaxBytes(bytes uint32) TapOption {
	return func(request *pb.TapLinkRequest) { request.MaxBytes = bytes }
}

// WithCount ends the tap after so many frames, over all connections. Default: 0, without end.
func WithCount(frames uint64) TapOption {
	return func(request *pb.TapLinkRequest) { request.Count = frames }
}

"""Makes references.json: what NumPy and SciPy answer for the inputs of reference.test.ts.

    pip install numpy==2.4.6 scipy==1.17.1 && python references.py

Every case: the processor type, its config, the frames that go in (channels of values, or only times for Align) and the
values of one channel that come out, all frames one behind the other.
"""
import json
import math
import pathlib

import numpy as np
from scipy import signal

rng = np.random.RandomState(7)
X = rng.standard_normal(96)
Y = rng.random_sample(96) * 4 - 2
# Frames of uneven lengths: what a filter remembers must go on from one to the next.
CUTS = [0, 10, 11, 42, 64, 96]


def frames(**channels):
    return [{name: list(values[a:b]) for name, values in channels.items()} for a, b in zip(CUTS, CUTS[1:])]


def whole(**channels):
    return [{name: list(values) for name, values in channels.items()}]


cases = []


def case(processor, config, inputs, channel, values, tolerance=1e-12):
    values = [None if math.isnan(v) else float(v) for v in np.asarray(values, dtype=float)]
    cases.append(
        {
            "type": processor,
            "config": config,
            "inputs": inputs,
            "channel": channel,
            "values": values,
            "tolerance": tolerance,
        }
    )


case("DataGain", {"gain": -2.5}, frames(x=X), "x", X * -2.5, 0)
case("Offset", {"offset": 0.75}, frames(x=X), "x", X + 0.75, 0)
case("Clamp", {"min": -0.5, "max": 1}, frames(x=X), "x", np.clip(X, -0.5, 1), 0)
case("Sum", {"channels": ["x", "y"], "output": "s"}, frames(x=X, y=Y), "s", X + Y, 0)
case("Multiply", {"output": "p"}, frames(x=X, y=Y), "p", X * Y, 0)
case(
    "Mixer",
    {"matrix": {"mid": {"x": 0.5, "y": 0.5}, "side": {"x": 0.5, "y": -0.5}}},
    frames(x=X, y=Y),
    "side",
    (np.array([0.5, -0.5]) @ np.vstack([X, Y])),
)
case(
    "Ema",
    {"alpha": 0.3},
    frames(x=X),
    "x",
    signal.lfilter([0.3], [1, -0.7], X, zi=[0.7 * X[0]])[0],
)

FS = 1000.0


def cookbook(kind, frequency, q, gain_db):
    """The W3C Audio EQ Cookbook, written down a second time from the text."""
    w0 = 2 * np.pi * frequency / FS
    a = 10 ** (gain_db / 40)
    alpha = np.sin(w0) / (2 * q)
    c = np.cos(w0)
    r = 2 * np.sqrt(a) * alpha
    return {
        "lowpass": ([(1 - c) / 2, 1 - c, (1 - c) / 2], [1 + alpha, -2 * c, 1 - alpha]),
        "highpass": ([(1 + c) / 2, -(1 + c), (1 + c) / 2], [1 + alpha, -2 * c, 1 - alpha]),
        "bandpass": ([alpha, 0, -alpha], [1 + alpha, -2 * c, 1 - alpha]),
        "notch": ([1, -2 * c, 1], [1 + alpha, -2 * c, 1 - alpha]),
        "allpass": ([1 - alpha, -2 * c, 1 + alpha], [1 + alpha, -2 * c, 1 - alpha]),
        "peaking": ([1 + alpha * a, -2 * c, 1 - alpha * a], [1 + alpha / a, -2 * c, 1 - alpha / a]),
        "lowshelf": (
            [a * ((a + 1) - (a - 1) * c + r), 2 * a * ((a - 1) - (a + 1) * c), a * ((a + 1) - (a - 1) * c - r)],
            [(a + 1) + (a - 1) * c + r, -2 * ((a - 1) + (a + 1) * c), (a + 1) + (a - 1) * c - r],
        ),
        "highshelf": (
            [a * ((a + 1) + (a - 1) * c + r), -2 * a * ((a - 1) + (a + 1) * c), a * ((a + 1) + (a - 1) * c - r)],
            [(a + 1) - (a - 1) * c + r, 2 * ((a - 1) - (a + 1) * c), (a + 1) - (a - 1) * c - r],
        ),
    }[kind]


for kind in ["lowpass", "highpass", "bandpass", "notch", "allpass", "peaking", "lowshelf", "highshelf"]:
    b, a = cookbook(kind, 120.0, 1.5, 6.0)
    config = {"kind": kind, "cutoff_hz": 120, "sample_rate_hz": FS, "q": 1.5, "gain_db": 6}
    case("Biquad", config, frames(x=X), "x", signal.lfilter(b, a, X))
# The same by designs that SciPy has of its own.
b, a = signal.butter(2, 120, fs=FS)
case("Biquad", {"cutoff_hz": 120, "sample_rate_hz": FS}, frames(x=X), "x", signal.lfilter(b, a, X))
b, a = signal.butter(2, 120, "highpass", fs=FS)
config = {"kind": "highpass", "cutoff_hz": 120, "sample_rate_hz": FS}
case("Biquad", config, frames(x=X), "x", signal.lfilter(b, a, X))

for kind, taps, window in [
    ("lowpass", 31, "hamming"),
    ("lowpass", 32, "blackman"),
    ("highpass", 31, "hann"),
    ("bandpass", 41, "hamming"),
    ("bandstop", 41, "blackman"),
]:
    cutoff = [100.0, 220.0] if kind.startswith("band") else 100.0
    h = signal.firwin(taps, cutoff, window=window, pass_zero=kind, fs=FS)
    config = {
        "kind": kind,
        "cutoff_hz": 100,
        "cutoff_high_hz": 220,
        "sample_rate_hz": FS,
        "taps": taps,
        "window": window,
    }
    case("FirFilter", config, frames(x=X), "x", signal.lfilter(h, [1], X))

for up, down in [(1, 2), (3, 2), (2, 1), (4, 6), (1, 1), (7, 5)]:
    common = math.gcd(up, down)
    u, d = up // common, down // common
    slower = max(u, d)
    h = signal.firwin(20 * slower + 1, 1 / slower, window=("kaiser", 5.0)) * u if slower > 1 else None
    if h is None:
        place = np.arange(-10, 11)
        h = np.sinc(place) * signal.get_window(("kaiser", 5.0), 21, fftbins=False)
    want = signal.upfirdn(h, X, u, d)[: math.ceil(len(X) * u / d)]
    case("Resample", {"up": up, "down": down}, frames(x=X), "x", want, 1e-11)

for kind in ["rectangular", "hann", "hamming", "blackman"]:
    w = signal.get_window("boxcar" if kind == "rectangular" else kind, 24, fftbins=True)
    blocks = [X[i : i + 24] * w for i in range(0, len(X) - 23, 10)]
    case("Window", {"size": 24, "hop": 10, "window": kind}, frames(x=X), "x", np.concatenate(blocks))
case(
    "Window",
    {"size": 8, "hop": 20},
    frames(x=X),
    "x",
    np.concatenate([X[i : i + 8] for i in range(0, len(X) - 7, 20)]),
)

for size, values in [(0, X[:64]), (128, X), (0, X[:3]), (0, X[:33]), (8, X[:8])]:
    points = size or max(4, 2 ** math.ceil(math.log2(len(values))))
    bins = np.fft.rfft(values, points)
    case("Fft", {"size": size}, whole(x=values), "x.re", bins.real)
    case("Fft", {"size": size}, whole(x=values), "x.im", bins.imag)

for window in ["rectangular", "hann", "blackman"]:
    for scaling, name in [("density", "density"), ("power", "spectrum")]:
        w = "boxcar" if window == "rectangular" else window
        f, p = signal.periodogram(X[:64], FS, window=w, detrend=False, scaling=name)
        config = {"sample_rate_hz": FS, "window": window, "scaling": scaling}
        case("Spectrum", config, whole(x=X[:64]), "x", p)
        case("Spectrum", {**config, "unit": "db"}, whole(x=X[:64]), "x", 10 * np.log10(p), 1e-9)
case("Spectrum", {"sample_rate_hz": FS}, whole(x=X[:64]), "frequency_hz", f)
t = np.arange(64) / FS
tone = 3 * np.cos(2 * np.pi * FS / 8 * t)
amplitudes = np.zeros(33)
amplitudes[8] = 3
config = {"sample_rate_hz": FS, "window": "rectangular", "scaling": "amplitude"}
case("Spectrum", config, whole(x=tone), "x", amplitudes)

case("Rms", {}, frames(x=X), "x", [np.sqrt(np.mean(X[a:b] ** 2)) for a, b in zip(CUTS, CUTS[1:])])
case("Peak", {}, frames(x=X), "x", [np.max(np.abs(X[a:b])) for a, b in zip(CUTS, CUTS[1:])], 0)

config = {"channel": "x", "min": -1, "max": 1.5, "bins": 7}
counts, edges = np.histogram(X[:64], bins=7, range=(-1, 1.5))
case("Histogram", config, whole(x=X[:64]), "counts", counts, 0)
case("Histogram", config, whole(x=X[:64]), "edges", edges)
case("Histogram", config, whole(x=X[:64]), "below", [np.sum(X[:64] < -1)], 0)
case("Histogram", config, whole(x=X[:64]), "above", [np.sum(X[:64] > 1.5)], 0)
so_far = [np.histogram(X[:b], bins=7, range=(-1, 1.5))[0] for b in CUTS[1:]]
case("Histogram", {**config, "over": "all"}, frames(x=X), "counts", np.concatenate(so_far), 0)

scores = []
for i, value in enumerate(X):
    before = X[max(0, i - 20) : i]
    scores.append(np.nan if len(before) < 5 else (value - before.mean()) / before.std(ddof=1))
case("ZScoreAnomaly", {"channel": "x", "window": 20, "min_values": 5}, frames(x=X), "x.z", scores, 1e-10)

for method in ["first", "last", "mean", "min", "max"]:
    groups = X[: len(X) // 7 * 7].reshape(-1, 7)
    want = {
        "first": groups[:, 0],
        "last": groups[:, -1],
        "mean": groups.mean(axis=1),
        "min": groups.min(axis=1),
        "max": groups.max(axis=1),
    }[method]
    case("Downsample", {"factor": 7, "method": method}, frames(x=X), "x", want)

window = 9
averages = [X[max(0, i - window + 1) : i + 1].mean() for i in range(len(X))]
case("MovingAverage", {"window": window}, frames(x=X), "x", averages)

# Sources: `inputs` has triggers only.
triggers = [{} for _ in range(4)]
n = np.arange(64)
sine = {"frequency_hz": 37.5, "sample_rate_hz": FS, "samples": 16, "amplitude": 2}
case("DataSineGenerator", sine, triggers, "value", 2 * np.sin(2 * np.pi * 37.5 * n / FS))
for seed in [0, 1, 4294967295]:
    uniform = {"seed": seed, "samples": 16, "sample_rate_hz": FS}
    case("NoiseGenerator", uniform, triggers, "value", 2 * np.random.RandomState(seed).random_sample(64) - 1, 0)
    normal = {**uniform, "distribution": "normal", "amplitude": 3}
    case("NoiseGenerator", normal, triggers, "value", 3 * np.random.RandomState(seed).standard_normal(64))
case("Constant", {"values": {"value": 2.5}, "samples": 16}, triggers, "value", np.full(64, 2.5), 0)

path = pathlib.Path(__file__).with_name("references.json")
path.write_text("[\n" + ",\n".join(json.dumps(each) for each in cases) + "\n]\n")
print(f"{len(cases)} cases")

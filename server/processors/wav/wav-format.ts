/** How a WAV file stores one sample. */
export type SampleFormat = 'pcm16' | 'pcm24' | 'pcm32' | 'float32';

/** Bytes of one sample. */
export const SAMPLE_BYTES: Readonly<Record<SampleFormat, number>> = {
  pcm16: 2,
  pcm24: 3,
  pcm32: 4,
  float32: 4,
};

/** What is the same for all samples of a WAV file. */
export interface WavFormat {
  readonly sampleFormat: SampleFormat;
  readonly channels: number;
  readonly sampleRateHz: number;
}

/** Bytes of one sample of every channel. */
export const blockBytes = ({ sampleFormat, channels }: WavFormat): number =>
  SAMPLE_BYTES[sampleFormat] * channels;

// Format tags and the tail of the sub-format GUID: Microsoft, "Multiple Channel Audio Data and WAVE Files".
export const TAG_PCM = 1;
export const TAG_FLOAT = 3;
export const TAG_EXTENSIBLE = 0xfffe;
export const GUID_TAIL = Buffer.from('000000001000800000aa00389b71', 'hex');

export { type GraphFile, parseGraphFile } from './parse-graph-file.ts';
export { placeRefusal } from './place-refusal.ts';
export { writeGraphFile } from './write-graph-file.ts';

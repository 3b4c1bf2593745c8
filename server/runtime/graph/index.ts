export { emptyGraph, getLink, getProcessor } from './graph.ts';

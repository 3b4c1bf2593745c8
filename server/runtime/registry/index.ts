export { ConfigValidator } from './config-validator.ts';
export { nearestNames } from './nearest-names.ts';
export { ProcessorRegistry } from './processor-registry.ts';
export { RegisteredType } from './registered-type.ts';

import { type DescExtension, type DescMethod, getOption, hasOption } from '@bufbuild/protobuf';

/** A `google.api.HttpRule`, whichever generated code or registry it came from. */
export interface HttpRule {
  readonly pattern:
    | { readonly case: 'get' | 'put' | 'post' | 'delete' | 'patch'; readonly value: string }
    | { readonly case: 'custom'; readonly value: { readonly kind: string; readonly path: string } }
    | { readonly case: undefined };
  readonly body: string;
  readonly responseBody: string;
  readonly additionalBindings: readonly HttpRule[];
}

/**
 * The annotation of a method, undefined where it has none. The extension is `google.api.http`, from generated
 * code or from a file registry.
 */
export function getHttpRule(method: DescMethod, extension: DescExtension): HttpRule | undefined {
  // A registry's extension has no static shape; the two kinds of descriptors give the same objects.
  return hasOption(method, extension) ? (getOption(method, extension) as unknown as HttpRule) : undefined;
}

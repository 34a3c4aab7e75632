/** What all messages have in common, either way. Free of schemas. */

export function isTyped(value: unknown): value is { type: string; id?: unknown } {
  return typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string';
}

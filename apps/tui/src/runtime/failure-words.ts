/** What is said to a person when something fails. */
import { ChatError } from '@parley/protocol';

/** An expected failure in its own words; a bug is told as what it is. */
export function wordsOf(error: unknown): string {
  if (error instanceof ChatError) return error.message;
  return `Something went wrong: ${error instanceof Error ? error.message : String(error)}`;
}

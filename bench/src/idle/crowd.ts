/** Thousands of connections that do nothing, on one of the servers under comparison. */

export interface CrowdOptions {
  readonly port: number;
  readonly rooms: number;
  readonly fail: (problem: string) => void;
}

export interface Crowd {
  /** Adds members, spread over the rooms. */
  add(count: number): Promise<void>;
  /** Says something in each room: how many members heard it. Only where there is somebody to speak. */
  everyoneHears?(timeoutMs: number): Promise<{ seen: number; of: number }>;
  /** Cuts every connection at once, then brings everyone back at once: when each was back, in milliseconds. */
  storm(timeoutMs: number): Promise<{ latencies: number[]; missing: number }>;
}

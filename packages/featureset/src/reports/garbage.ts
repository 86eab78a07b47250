/** What a report file holds is not what it should be. Never leaves the reading of reports: there it is a problem. */
export class Garbage extends Error {}

/** Takes the bytes of one file, in order. Both members throw {@link Garbage}. */
export interface ByteReader {
  push(bytes: Buffer): void;
  /** The file has ended. */
  end(): void;
}

/** Reads one report file. */
export interface ReportReader extends ByteReader {
  /** Called once, at the end and after a failure: what was said until then counts. */
  close(): void;
}

/** What kind of thing a request is about. */
export type LabRequestKind =
  'ping' | 'catalog' | 'tags' | 'manifest' | 'referrers' | 'blob' | 'upload' | 'mount' | 'token' | 'other';

/** One request as the registry saw it. */
export interface LabRequest {
  readonly method: string;
  readonly kind: LabRequestKind;
  /** Empty where the request names none. */
  readonly repository: string;
  /** Tag, digest or upload id; empty where there is none. */
  readonly reference: string;
  /** `Basic`, `Bearer` or an empty text. Never the credentials. */
  readonly authScheme: string;
}

/** What goes wrong with a request. */
export type LabFault =
  /** Refused before anything is done; `retryAfter` in seconds. */
  | { readonly type: 'status'; readonly status: number; readonly retryAfter?: number }
  /** Done, and then answered with this status. */
  | { readonly type: 'status-after'; readonly status: number }
  /** The connection is cut before anything is done. */
  | { readonly type: 'reset' }
  /** Done, and the connection is cut instead of an answer. */
  | { readonly type: 'reset-after' }
  /** The answer's body ends after so many bytes, with a cut connection. */
  | { readonly type: 'cut'; readonly afterBytes: number }
  /** One byte of the answer's body is another. */
  | { readonly type: 'corrupt' }
  /** A manifest is stored, the answer is 201, and the tag stays where it was (seen in Harbor, goharbor/harbor#23118). */
  | { readonly type: 'lost-tag' }
  /** The end of an upload is answered 201, and the blob is not kept. */
  | { readonly type: 'lost-upload' };

/** Decides for each request whether something goes wrong. Called once a request, before it is served. */
export type LabFaults = (request: LabRequest) => LabFault | null | undefined;

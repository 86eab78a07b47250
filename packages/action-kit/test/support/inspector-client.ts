/** A message of the inspector's protocol that is no answer. */
export interface InspectorEvent {
  readonly method: string;
  readonly params: Readonly<Record<string, unknown>>;
}

/** A debugger, as editors are. */
export interface InspectorClient {
  /** Sends a command and returns its result. */
  send(method: string, params?: object): Promise<Readonly<Record<string, unknown>>>;
  /** Resolves with the next event of that name: the oldest one that nobody took yet. */
  next(method: string): Promise<InspectorEvent['params']>;
  /** Returns all events of that name so far, taken or not. */
  seen(method: string): readonly InspectorEvent['params'][];
  close(): void;
}

/** Attaches to the address that a process printed. */
export async function attach(url: string): Promise<InspectorClient> {
  const socket = new WebSocket(url);
  const answers = new Map<number, PromiseWithResolvers<Readonly<Record<string, unknown>>>>();
  const events: InspectorEvent[] = [];
  const taken = new Set<InspectorEvent>();
  const waiting: { readonly method: string; readonly take: (event: InspectorEvent) => void }[] = [];
  socket.addEventListener('message', ({ data }) => {
    const message = JSON.parse(String(data)) as InspectorEvent & {
      readonly id?: number;
      readonly result?: Readonly<Record<string, unknown>>;
      readonly error?: { readonly message: string };
    };
    if (message.id !== undefined) {
      const answer = answers.get(message.id);
      if (message.error === undefined) answer?.resolve(message.result ?? {});
      else answer?.reject(new Error(message.error.message));
      return;
    }
    events.push(message);
    const index = waiting.findIndex(({ method }) => method === message.method);
    if (index >= 0) waiting.splice(index, 1)[0]?.take(message);
  });
  await new Promise<void>((resolve, reject) => {
    socket.addEventListener('open', () => resolve(), { once: true });
    socket.addEventListener('error', () => reject(new Error(`nobody answers at ${url}`)), { once: true });
  });
  let id = 0;
  return {
    send(method, params = {}) {
      id += 1;
      const answer = Promise.withResolvers<Readonly<Record<string, unknown>>>();
      answers.set(id, answer);
      socket.send(JSON.stringify({ id, method, params }));
      return answer.promise;
    },
    next(method) {
      const found = events.find((event) => event.method === method && !taken.has(event));
      if (found !== undefined) {
        taken.add(found);
        return Promise.resolve(found.params);
      }
      return new Promise((resolve) => {
        waiting.push({
          method,
          take: (event) => {
            taken.add(event);
            resolve(event.params);
          },
        });
      });
    },
    seen: (method) => events.filter((event) => event.method === method).map(({ params }) => params),
    close: () => socket.close(),
  };
}

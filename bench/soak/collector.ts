/** Has another Node process collect its garbage, over its inspector: only what is left then is kept, whatever its collector thought of it. */

export interface Collector {
  /** Resolves once it has. */
  collect(): Promise<void>;
  close(): void;
}

/** `address`: what `node --inspect` says that it listens on. */
export async function collector(address: string): Promise<Collector> {
  const socket = new WebSocket(address);
  const answered = new Map<number, () => void>();
  const opened = Promise.withResolvers<void>();
  socket.addEventListener('open', () => opened.resolve());
  socket.addEventListener('error', () => opened.reject(new Error(`${address} cannot be reached`)));
  socket.addEventListener('message', ({ data }) => {
    const { id } = JSON.parse(String(data)) as { readonly id?: number };
    if (id !== undefined) answered.get(id)?.();
  });
  await opened.promise;
  let asked = 0;
  return {
    collect: () => {
      const { promise, resolve } = Promise.withResolvers<void>();
      asked += 1;
      answered.set(asked, resolve);
      socket.send(JSON.stringify({ id: asked, method: 'HeapProfiler.collectGarbage' }));
      return promise;
    },
    close: () => socket.close(),
  };
}

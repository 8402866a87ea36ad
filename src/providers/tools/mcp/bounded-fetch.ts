/** `fetch` for servers of tools, whose answers may be of any size. */

/** Of one answer, or of one stream of them, in bytes. */
const MOST_BYTES = 32_000_000;

/** As fetch, with a body that fails once it is too long. */
export async function boundedFetch(url: string | URL, init?: RequestInit): Promise<Response> {
  const response = await fetch(url, init);
  if (response.body === null) return response;
  let bytes = 0;
  const counted = new TransformStream<Uint8Array, Uint8Array>({
    transform: (chunk, controller) => {
      bytes += chunk.byteLength;
      if (bytes > MOST_BYTES) controller.error(new TypeError(`it sent more than ${MOST_BYTES / 1_000_000} MB`));
      else controller.enqueue(chunk);
    },
  });
  const { status, statusText, headers } = response;
  return new Response(response.body.pipeThrough(counted), { status, statusText, headers });
}

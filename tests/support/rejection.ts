/** What a promise rejects with, waited for from now on, so that it may reject before it is looked at. */
export async function rejection(promise: Promise<unknown>): Promise<string> {
  try {
    await promise;
  } catch (error) {
    return String(error);
  }
  return 'it did not reject';
}

/** Saves a file that was made in this page to the person's disk. */
export function download(blob: Blob, name: string): void {
  const url = URL.createObjectURL(blob);
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  // The browser reads the blob after `click` has returned.
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}

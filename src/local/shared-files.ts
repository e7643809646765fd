/** How many connections of user code this process has open on a file, by its real path. */
const connections = new Map<string, number>();

/** Counts a connection of user code. @returns takes it off the count, once */
export function share(file: string): () => void {
  connections.set(file, (connections.get(file) ?? 0) + 1);
  let isOver = false;
  return () => {
    if (isOver) return;
    isOver = true;
    connections.set(file, (connections.get(file) ?? 1) - 1);
  };
}

/** Whether user code of this process has a connection to the file, and may write at any moment. */
export function isShared(file: string): boolean {
  return (connections.get(file) ?? 0) > 0;
}

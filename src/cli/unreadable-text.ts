/** What is said of an instance whose head cannot be read. */
export function unreadableText(name: string): string {
  return `${name} cannot be read: somebody has edited it. Undo the edit, or restore a backup.`;
}

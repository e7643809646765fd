import { type FSWatcher, watch } from "node:fs";
import { basename, dirname, join } from "node:path";

/** Watches files until it is closed. */
export interface FileWatch {
  /**
   * Watches these instead.
   * @param files absolute
   * @param andNeighbours whether every script of their folders counts, for when it is not known what is
   * missing
   */
  follow(files: readonly string[], andNeighbours?: boolean): void;
  close(): void;
}

/** What a watch needs of the world. */
export interface FileWatchOptions {
  /** A file changed, appeared or went; called often for one change. */
  readonly onChange: (file: string) => void;
  /** A folder cannot be watched: changes in it go unseen. */
  readonly onBlind: (folder: string, error: unknown) => void;
}

/**
 * Watches files by their folders: editors replace files instead of writing them, and a watch on the file
 * itself would follow the old one.
 */
export function watchFiles({ onChange, onBlind }: FileWatchOptions): FileWatch {
  const watchers = new Map<string, FSWatcher>();
  let names = new Map<string, ReadonlySet<string>>();
  let isAnyFile = false;

  function counts(folder: string, name: string | null): boolean {
    if (name === null || names.get(folder)?.has(name) === true) return true;
    return isAnyFile && /\.([mc]?[jt]sx?|json)$/.test(name);
  }

  function open(folder: string): void {
    try {
      const watcher = watch(folder, { persistent: false }, (_event, name) => {
        if (counts(folder, name)) onChange(join(folder, name ?? ""));
      });
      watcher.on("error", (error) => onBlind(folder, error));
      watchers.set(folder, watcher);
    } catch (error) {
      onBlind(folder, error);
    }
  }

  return {
    follow(files, andNeighbours = false) {
      names = byFolder(files);
      isAnyFile = andNeighbours;
      for (const [folder, watcher] of watchers) {
        if (names.has(folder)) continue;
        watcher.close();
        watchers.delete(folder);
      }
      for (const folder of names.keys()) if (!watchers.has(folder)) open(folder);
    },
    close() {
      for (const watcher of watchers.values()) watcher.close();
      watchers.clear();
    },
  };
}

function byFolder(files: readonly string[]): Map<string, ReadonlySet<string>> {
  const folders = new Map<string, Set<string>>();
  for (const file of files) {
    const names = folders.get(dirname(file)) ?? new Set();
    folders.set(dirname(file), names.add(basename(file)));
  }
  return folders;
}

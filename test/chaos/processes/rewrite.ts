import { registerHooks } from 'node:module';

/**
 * Changes the text of built modules while this process loads them. What the suite weakens or interrupts is changed
 * here, so that the product holds no switch for it.
 */
export function rewriteModules(file: RegExp, change: (source: string, url: string) => string): void {
  registerHooks({
    load(url, context, next) {
      const loaded = next(url, context);
      return file.test(url) ? { ...loaded, source: change(String(loaded.source), url) } : loaded;
    },
  });
}

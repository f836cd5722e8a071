// Formats sizes in bytes, with units that are powers of 1,024.

const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB'] as const;

const defaultFormat = (value: number, unit: string): string =>
  unit === 'B' ? String(value) : value.toFixed(1);

/**
 * Returns `bytes` in the largest unit that leaves at least 1, such as `1.5 MiB`.
 * @param formatValue formats the number
 */
export function formatBytes(
  bytes: number,
  formatValue: (value: number, unit: string) => string = defaultFormat,
): string {
  let value = bytes;
  let unit = 0;
  while (Math.abs(value) >= 1024 && unit < UNITS.length - 1) {
    value /= 1024;
    unit++;
  }
  return `${formatValue(value, UNITS[unit]!)} ${UNITS[unit]}`;
}

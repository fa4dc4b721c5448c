/** Numbers as the tables show them: three digits, no more. */
export const ms = (value: number): string => (value < 10 ? `${value.toFixed(1)} ms` : `${Math.round(value)} ms`);
export const seconds = (value: number): string => `${(value / 1000).toFixed(2)} s`;
export const times = (value: number): string => `${value.toFixed(2)} x`;
export const micros = (value: number): string => `${value.toFixed(1)} us`;
export const mebibytes = (bytes: number): string => `${Math.round(bytes / 1024 / 1024)} MB`;
export const thousands = (value: number): string => Math.round(value).toLocaleString('en-US');
export const percent = (share: number): string => `${(share * 100).toFixed(2)} %`;

import type { PhaseProgress } from './types.ts';

/** What was moved so far, and how much it will be in all, in bytes; only what a function has told. */
export interface Transfer {
  uploaded?: number;
  downloaded?: number;
  estimatedUpload?: number;
  estimatedDownload?: number;
}

/** Undefined when nothing is known: zero says no more than a field that is absent. */
export function transferOf(progress: PhaseProgress | undefined): Transfer | undefined {
  const transfer = {
    ...known('uploaded', progress?.sizeUploadedB),
    ...known('downloaded', progress?.sizeDownloadedB),
    ...known('estimatedUpload', progress?.estimatedUploadSizeB),
    ...known('estimatedDownload', progress?.estimatedDownloadSizeB),
  };
  return Object.keys(transfer).length === 0 ? undefined : transfer;
}

function known(name: keyof Transfer, bytes: number | undefined): Transfer {
  return bytes === undefined || bytes === 0 ? {} : { [name]: bytes };
}

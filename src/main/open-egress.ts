import { X509Certificate } from "node:crypto";
import { readFile } from "node:fs/promises";
import type { EgressConfig } from "#config";
import { EngineError } from "#contract/errors.ts";
import { createEgress, type Egress } from "#egress/create-egress.ts";

/** @throws EngineError `engine/config` where the file of certificates cannot be used */
export async function openEgress({ caFile, proxy }: EgressConfig): Promise<Egress> {
  return createEgress({
    ...(caFile === undefined ? {} : { ca: await readCertificates(caFile) }),
    ...(proxy === undefined ? {} : { proxy }),
  });
}

/** What TLS cannot read it passes over in silence, and every connection then fails: so it is looked at here. */
async function readCertificates(file: string): Promise<string> {
  const problem = (what: string, cause?: unknown) =>
    new EngineError("engine/config", `MILLRACE_CA_FILE: ${file} ${what}`, { cause });
  const text = await readFile(file, "utf8").catch((error: unknown) => {
    throw problem("cannot be read", error);
  });
  const certificates = text.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  if (certificates.length === 0) throw problem("holds no certificate in PEM");
  try {
    return certificates.map((certificate) => new X509Certificate(certificate).toString()).join("");
  } catch (error) {
    throw problem("holds a certificate that is damaged", error);
  }
}

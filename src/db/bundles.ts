import type { Db } from "./connect.ts";

export interface BundleRow {
  sha256: string;
  code: string;
  sourceMap: string | undefined;
}

/** Content-addressed: the same code again changes nothing but a source map that was missing. */
export async function insertBundle(db: Db, organizationId: string, bundle: BundleRow): Promise<void> {
  await db
    .insertInto("bundles")
    .values({
      organization_id: organizationId,
      sha256: bundle.sha256,
      code: bundle.code,
      source_map: bundle.sourceMap ?? null,
    })
    .onConflict((conflict) =>
      conflict
        .columns(["organization_id", "sha256"])
        .doUpdateSet({ source_map: (set) => set.ref("excluded.source_map") })
        .where("bundles.source_map", "is", null)
        .where((where) => where("excluded.source_map", "is not", null)),
    )
    .execute();
}

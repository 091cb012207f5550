/** A resource as kustomize writes it; only what is looked at here. */
export interface Manifest {
  kind: string;
  metadata: { name: string };
  spec?: Record<string, unknown>;
  data?: Record<string, string>;
  stringData?: Record<string, string>;
}

interface PodOwner {
  template?: { spec: unknown };
  jobTemplate?: { spec: PodOwner };
}

/** The pod that a Deployment, Job or CronJob describes; undefined for what has none. */
export const podOf = <Pod>({ spec }: Manifest): Pod | undefined => {
  const owner = spec as PodOwner | undefined;
  return (owner?.jobTemplate?.spec ?? owner)?.template?.spec as Pod | undefined;
};

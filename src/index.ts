// The public interface for other programs: errors by code, and the shapes of profiles.
export { SpybridgeError } from './model/errors.ts';
export type { ErrorCode } from './model/errors.ts';
export type { Profile, ProfileType } from './model/profile.ts';

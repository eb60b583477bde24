/** The address of Vision One's API. */
import { CUSTOM_REGION } from '../../export/settings.js';
import { type ServiceAddress, serviceAddress } from '../../http/address.js';

/** For messages. */
export const EXAMPLE_ENDPOINT = 'https://api.eu.xdr.trendmicro.com';

/**
 * The address of Vision One's API.
 * @param region the value of API Region: a host, or CUSTOM_REGION
 */
export function visionOneAddress(region: string, endpoint: string | undefined): ServiceAddress {
  if (region !== CUSTOM_REGION) return serviceAddress(`https://${region}`);
  if (endpoint === undefined) {
    return {
      problem: `is required if API Region is "Custom (see API Endpoint)": an address such as ${EXAMPLE_ENDPOINT}`,
    };
  }
  return endpointAddress(endpoint);
}

/** Parses an address that a user gives. The paths of the API are often copied with it. */
export function endpointAddress(text: string): ServiceAddress {
  return serviceAddress(text.replace(/\/v3\.0(?:\/.*)?$/s, ''), EXAMPLE_ENDPOINT);
}

const BROWSERS: [RegExp, string][] = [
	[/Edg(e|A|iOS)?\//, 'Edge'],
	[/OPR\//, 'Opera'],
	[/Firefox\/|FxiOS\//, 'Firefox'],
	[/Chrom(e|ium)\/|CriOS\//, 'Chrome'],
	[/Safari\//, 'Safari'],
];
const SYSTEMS: [RegExp, string][] = [
	[/iPhone|iPad/, 'iOS'],
	[/Android/, 'Android'],
	[/Windows/, 'Windows'],
	[/Mac OS X/, 'macOS'],
	[/CrOS/, 'ChromeOS'],
	[/Linux/, 'Linux'],
];

const find = (list: [RegExp, string][], agent: string): string | undefined =>
	list.find(([pattern]) => pattern.test(agent))?.[1];

/** A device as its owner would call it, from the User-Agent at the log-in. */
export function deviceName(agent: string | null): string | null {
	if (!agent) return null;
	const browser = find(BROWSERS, agent);
	const system = find(SYSTEMS, agent);
	if (browser && system) return `${browser} · ${system}`;
	// Programs name themselves first.
	return browser ?? system ?? agent.split(/[\s(]/)[0] ?? null;
}

export function isPhone(agent: string | null): boolean {
	return /iPhone|Android|Mobile/.test(agent ?? '');
}

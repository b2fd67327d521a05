// What the corpora are made by: random numbers that are the same for the same seed (mulberry32), and what is made of them.
'use strict';

module.exports = seed => {
	let state = seed >>> 0;
	const random = n => {
		state = (state + 0x6d2b79f5) >>> 0;
		let t = Math.imul(state ^ state >>> 15, state | 1);
		t ^= t + Math.imul(t ^ t >>> 7, t | 61);
		return ((t ^ t >>> 14) >>> 0) % n;
	};
	return {
		random,
		pick: all => all[random(all.length)],
		times: (n, f) => Array.from({ length: n }, f),
		hex: b => Buffer.from(b).toString('hex'),
	};
};

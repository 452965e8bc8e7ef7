// The weather, from open-meteo.com.
'use strict';

async function get(url, query) {
  const reply = await fetch(`${url}?${new URLSearchParams(query)}`, {signal: AbortSignal.timeout(8000)});
  if (!reply.ok) throw new Error(`The weather service answered with HTTP status ${reply.status}.`);
  return reply.json();
}

async function getWeather({location, scale}) {
  const {results} = await get('https://geocoding-api.open-meteo.com/v1/search', {name: location, count: '1', language: 'en', format: 'json'});
  if (!results?.length) throw new Error(`No place called ${location} is known.`);
  const {name, country, latitude, longitude} = results[0];
  const {current} = await get('https://api.open-meteo.com/v1/forecast', {
    latitude, longitude, current: 'temperature_2m,wind_speed_10m', temperature_unit: scale,
  });
  return {place: `${name}, ${country}`, temperature: current.temperature_2m, temperature_unit: scale, wind_speed: current.wind_speed_10m};
}

module.exports = {getWeather};

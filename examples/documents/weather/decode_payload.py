"""Decodes the 24-byte message of a Halo-7 station, as sent every ten minutes.

All fields are big-endian. A field whose bits are all ones means "not measured".
"""

import struct

# One message: station number, minute counter, then the measured values.
LAYOUT = ">HIhBHHHHHBI"
PAYLOAD_BYTES = 24

# Smallest step of each quantity in the message.
TEMPERATURE_STEP_C = 0.01
PRESSURE_STEP_HPA = 0.02
WIND_STEP_MS = 0.1
# One tip of the bucket is 0.2 mm of rain.
RAIN_PER_TIP_MM = 0.2
RADIATION_STEP_W_M2 = 0.5

# The wind sensor reports gusts as the highest 3-second mean of the interval.
GUST_WINDOW_S = 3

# Minutes are counted from midnight UTC on 1 January 2015.
EPOCH = "2015-01-01T00:00:00Z"


def decode(message: bytes) -> dict:
    """Values in SI-near units by name; a missing value is None. Raises ValueError for another length or a bad checksum."""
    if len(message) != PAYLOAD_BYTES:
        raise ValueError(f"a message has {PAYLOAD_BYTES} bytes, this one {len(message)}")
    station, minute, temperature, humidity, pressure, wind, gust, rain, sun, state, check = struct.unpack(
        LAYOUT, message
    )
    if check != crc(message[:-4]):
        raise ValueError("checksum differs")
    return {
        "station": station,
        "minute": minute,
        "temperature_c": None if temperature == -1 else temperature * TEMPERATURE_STEP_C,
        "humidity_percent": None if humidity == 0xFF else humidity / 2,
        # Pressure is sent as the distance from 500 hPa, so that two bytes suffice up to the highest summit.
        "pressure_hpa": None if pressure == 0xFFFF else 500 + pressure * PRESSURE_STEP_HPA,
        "wind_ms": None if wind == 0xFFFF else wind * WIND_STEP_MS,
        "gust_ms": None if gust == 0xFFFF else gust * WIND_STEP_MS,
        "rain_mm": None if rain == 0xFFFF else rain * RAIN_PER_TIP_MM,
        "radiation_w_m2": None if sun == 0xFFFF else sun * RADIATION_STEP_W_M2,
        "lid_open": bool(state & 0x01),
        "on_satellite": bool(state & 0x02),
        "heater_on": bool(state & 0x04),
    }


def crc(data: bytes) -> int:
    """CRC-32 with the polynomial of Ethernet (0x04C11DB7, reflected)."""
    register = 0xFFFFFFFF
    for byte in data:
        register ^= byte
        for _ in range(8):
            register = (register >> 1) ^ (0xEDB88320 if register & 1 else 0)
    return register ^ 0xFFFFFFFF

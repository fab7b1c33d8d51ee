"""Made-up callers and leads, to see Fairlead at work with."""

import random
from collections.abc import Iterator
from typing import Any

from gateway.database.administration import Administration

SAMPLE_CALLERS: tuple[dict[str, Any], ...] = (
    {"name": "Asha", "states": ["Maharashtra", "Goa"], "languages": ["Marathi", "Hindi"], "daily_limit": 40},
    {"name": "Bilal", "states": ["Maharashtra", "Gujarat"], "languages": ["Hindi", "Gujarati"], "daily_limit": 40},
    {"name": "Chitra", "states": ["Karnataka", "Tamil Nadu"], "languages": ["Kannada", "Tamil"], "daily_limit": 30},
    {"name": "Deepak", "states": ["Delhi", "Haryana"], "languages": ["Hindi", "Punjabi"], "daily_limit": 50},
    {"name": "Esther", "states": ["Kerala", "Karnataka"], "languages": ["Malayalam", "English"], "daily_limit": 0},
    {"name": "Farhan", "states": ["West Bengal", "Telangana"], "languages": ["Bengali", "Urdu"], "daily_limit": 0},
)

FIRST_NAMES = (
    "Aarav", "Aditi", "Ananya", "Arjun", "Bhavna", "Chetan", "Devika", "Farah", "Gaurav", "Harini", "Imran", "Ishaan",
    "Jaya", "Kabir", "Kavya", "Lakshmi", "Manoj", "Meera", "Mohan", "Nandini", "Nikhil", "Omkar", "Pooja", "Pranav",
    "Priya", "Rahul", "Ritu", "Rohan", "Sahil", "Sana", "Shreya", "Suresh", "Tanvi", "Uma", "Varun", "Vidya",
)  # fmt: skip
LAST_NAMES = (
    "Agarwal", "Bose", "Chauhan", "Das", "Desai", "Fernandes", "Ghosh", "Gupta", "Iyer", "Joshi", "Khan", "Kumar",
    "Menon", "Mishra", "Nair", "Patel", "Pillai", "Rao", "Reddy", "Sahoo", "Sharma", "Shetty", "Singh", "Verma",
)  # fmt: skip
PLACES = (
    ("Mumbai", "Maharashtra"), ("Bombay", ""), ("Pune", "MH"), ("Thane & Outskirts", ""), ("Nagpur", "Maharastra"),
    ("Bengaluru", "Karnataka"), ("Bangalore", ""), ("Mysuru", "KA"), ("Chennai", "Tamil Nadu"), ("Coimbatore", ""),
    ("Hyderabad", "Telangana"), ("New Delhi", "NCT of Delhi"), ("Gurgaon", ""), ("Faridabad", "Haryana"),
    ("Kolkata", "WB"), ("Calcutta", ""), ("Ahmedabad", "Gujarat"), ("Surat", "gujarat"), ("Kochi", "Kerala"),
    ("Trivandrum", ""), ("Panaji", "Goa"), ("Bhubaneswar", "Orissa"), ("Jaipur", "Rajasthan"), ("Lucknow", "UP"),
    ("", "Maharashtra"), ("", ""), ("Select", ""),
)  # fmt: skip
LEAD_SOURCES = ("Google Ads", "Facebook", "Website", "Referral", "Walk-in")
LANGUAGES = ("Hindi", "English", "Marathi", "Tamil", "Kannada", "Bengali", "")
MESSAGES = ("Please call after 6 pm", "Interested in the weekend batch", "What are the fees?", "", "", "")


def add_sample_callers(admin: Administration, workspace: int) -> int:
    """Add the sample callers unless the workspace has some; how many were added."""
    if any(caller["is_sample"] for caller in admin.call("list_callers", workspace=workspace)):
        return 0
    for caller in SAMPLE_CALLERS:
        admin.call("create_caller", {**caller, "role": "Sales", "is_sample": True}, workspace=workspace)
    return len(SAMPLE_CALLERS)


def sample_leads(count: int | None = None) -> Iterator[dict[str, str]]:
    """Generated leads as the webhook takes them, `count` of them or without end."""
    chance = random.Random()
    made = 0
    while count is None or made < count:
        made += 1
        name = f"{chance.choice(FIRST_NAMES)} {chance.choice(LAST_NAMES)}"
        city, state = chance.choice(PLACES)
        lead = {
            "name": name,
            # No Indian area or mobile code begins with 10: these numbers are nobody's.
            "phone": f"+91 10{chance.randrange(10**3):03} {chance.randrange(10**5):05}",
            "email": f"{name.lower().replace(' ', '.')}{chance.randrange(1000)}@example.com",
            "city": city,
            "state": state,
            "lead_source": chance.choice(LEAD_SOURCES),
            "language": chance.choice(LANGUAGES),
            "message": chance.choice(MESSAGES),
        }
        yield {field: value for field, value in lead.items() if value}

"""What the packages do not know about places: tables that `gateway.database.places` works from."""

GEONAMES_STATES: dict[str, dict[str, str]] = {
    # GeoNames numbers the Indian states by FIPS 10-4; these are their ISO 3166-2 codes.
    "IN": {
        "01": "AN", "02": "AP", "03": "AS", "05": "CH", "07": "DL", "09": "GJ", "10": "HR", "11": "HP", "12": "JK",
        "13": "KL", "14": "LD", "16": "MH", "17": "MN", "18": "ML", "19": "KA", "20": "NL", "21": "OD", "22": "PY",
        "23": "PB", "24": "RJ", "25": "TN", "26": "TR", "28": "WB", "29": "SK", "30": "AR", "31": "MZ", "33": "GA",
        "34": "BR", "35": "MP", "36": "UP", "37": "CG", "38": "JH", "39": "UK", "40": "TS", "41": "LA", "52": "DH",
    },
}  # fmt: skip

GEONAMES_USES_ISO = ("BE", "CH", "ME", "US")
"""Countries whose states GeoNames codes as ISO does, by its own documentation. Cities of all others are left out."""

STATE_NAMES: dict[str, dict[str, tuple[str, ...]]] = {
    # Names and codes people use beside the official ones.
    "IN": {
        "AN": ("Andaman", "Andaman Nicobar", "Andaman and Nicobar", "A&N Islands"),
        "AP": ("Andhra",),
        "AR": ("Arunachal",),
        "CG": ("CT", "Chattisgarh", "Chhatisgarh", "Chattishgarh"),
        "DH": (
            "DN", "DD", "DNHDD", "Dadra and Nagar Haveli", "Dadra Nagar Haveli", "Daman and Diu", "Daman Diu",
            "Dadra and Nagar Haveli, Daman and Diu",
        ),
        "DL": (
            "New Delhi", "Delhi NCR", "NCR Delhi", "NCT", "NCT Delhi", "NCT of Delhi", "Delhi NCT", "Delhi State",
            "National Capital Territory of Delhi",
        ),
        "GJ": ("Gujrat",),
        "HP": ("Himachal",),
        "JK": ("Jammu", "Kashmir", "Jammu Kashmir", "UT of Jammu and Kashmir"),
        "KA": ("KN", "Karnatak", "Karnatka"),
        "LA": ("UT of Ladakh",),
        "LD": ("Lakshadweep Islands", "Laccadive Islands", "Laccadives"),
        "MH": ("Maharastra",),
        "OD": ("OR", "Orissa"),
        "PB": ("Panjab",),
        "PY": ("Pondicherry", "Pondichery", "Pondy", "Puduchery"),
        "RJ": ("Rajastan",),
        "TN": ("Tamil Nad", "Tamilnad"),
        "TS": ("TG", "TL", "Telengana", "Telanagana"),
        "UK": ("UA", "UT", "Uttaranchal", "Uttrakhand", "Uttarkhand"),
        "WB": ("Bengal", "W Bengal", "Paschim Banga", "Paschimbanga", "Bangla"),
    },
    "US": {"DC": ("Washington DC", "Washington D.C."), "VI": ("US Virgin Islands",)},
}  # fmt: skip

CITY_NAMES: dict[str, dict[str, tuple[str, ...]]] = {
    # Names that GeoNames lacks, or that it also knows for a far smaller place of another state.
    "IN": {
        "AS": ("Dispur", "Nowgong"),
        "DL": ("NCR",),
        "GJ": ("Baroda", "Junagarh"),
        "KA": ("Bijapur",),
        "LD": ("Kavaratti",),
        "MH": (
            "Andheri",
            "Bandra",
            "Mira Bhayandar",
            "Mira Road",
            "New Bombay",
            "Sambhajinagar",
            "Vasai",
            "Vasai-Virar",
        ),
        "MP": ("Sagar",),
        "UK": ("Gairsain",),
        "UP": ("Bareli", "Gorakhpur"),
        "WB": ("Raniganj",),
    },
}

PLACEHOLDERS = frozenset(
    (
        "any",
        "city",
        "na",
        "nil",
        "none",
        "notapplicable",
        "null",
        "other",
        "others",
        "select",
        "state",
        "test",
        "unknown",
    )
)
"""Keys of form values that name no place."""

PLAIN_LETTERS = str.maketrans(
    {"ı": "i", "ł": "l", "Ł": "L", "ø": "o", "Ø": "O", "đ": "d", "Đ": "D", "ð": "d", "Ð": "D", "þ": "th", "Þ": "Th",
     "ß": "ss", "’": "'", "æ": "ae", "Æ": "Ae", "œ": "oe", "ə": "a", "Ə": "A", "ħ": "h", "Ħ": "H", "ŧ": "t", "Ŧ": "T"}
)  # fmt: skip
"""Letters that are no accented form of an ASCII letter, and how they are written without them."""

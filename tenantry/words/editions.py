"""What an edition can have, in words: its name, and what goes where it is off."""

from tenantry.domain.editions import Feature
from tenantry.words.speech import N_

FEATURES = {
    Feature.SELF_SERVICE: (N_("Self-service"), N_("People sign up and take free products by themselves.")),
    Feature.MEETINGS: (N_("Meetings"), N_("The app Meetings, and links to meetings.")),
    Feature.TAKEOVER: (N_("Takeovers"), N_("Becoming the admin of a group, and taking groups over.")),
    Feature.CARDS: (N_("Cards"), N_("Paying by card, beside invoices.")),
    Feature.COMMUNITY: (N_("Community"), N_("The link to the community on the support page.")),
}

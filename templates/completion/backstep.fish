# Completes backstep in fish: backstep completion fish > ~/.config/fish/completions/backstep.fish
function __backstep_complete
    set -l run backstep
    type -fq backstep; or set run npx --no -- backstep
    set -l token (commandline -ct)
    for line in ($run __complete -- (commandline -cp) 2>/dev/null)
        if test "$line" = :files
            set -l at (string match -r '^@?' -- $token)
            for path in (__fish_complete_path (string replace -r '^@' '' -- $token))
                echo $at$path
            end
        else if test -n "$line"
            echo $line
        end
    end
end
complete -c backstep -f -k -a '(__backstep_complete)'
